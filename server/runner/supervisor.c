#include "server/runner/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Everything below `supervise` runs between fork and exec of a process that may have threads: only async-signal-safe
// calls (signal-safety(7)) are allowed there, so no memory is allocated and /proc is read with bare system calls.

enum { DESCRIPTOR_ALIVE = 4, DESCRIPTOR_REPORT = 5, DESCRIPTOR_FIRST_UNUSED = 6 };

#define CLEANUP_ROUNDS_MAX 2000  // of a millisecond each, for processes that take long to die

static void write_report(SupervisorReport report) {
  ssize_t written;
  do {
    written = write(DESCRIPTOR_REPORT, &report, sizeof report);
  } while (written < 0 && errno == EINTR);
}

static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) {
    signal(number, SIG_DFL);  // fails for SIGKILL, SIGSTOP and the C library's own, which nobody can change
  }
}

static void close_from(unsigned first) {
  if (close_range(first, ~0u, 0) == 0) {
    return;
  }
  struct rlimit limit = {0};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (rlim_t descriptor = first; descriptor < limit.rlim_max && descriptor < 65536; descriptor++) {
    close((int)descriptor);
  }
}

// ---- The child ----

static void limit_resource(__rlimit_resource_t resource, int64_t soft, int64_t hard) {
  struct rlimit current;
  if (getrlimit(resource, &current) != 0) {
    return;
  }
  rlim_t most = current.rlim_max;
  struct rlimit limit = {(rlim_t)soft < most ? (rlim_t)soft : most, (rlim_t)hard < most ? (rlim_t)hard : most};
  setrlimit(resource, &limit);
}

static void apply_limits(const SupervisorPlan *plan) {
  limit_resource(RLIMIT_CORE, 0, 0);
  if (plan->cpu_ms > 0) {
    int64_t seconds = (plan->cpu_ms + 999) / 1000;
    limit_resource(RLIMIT_CPU, seconds, seconds + 1);  // SIGXCPU, and a second later SIGKILL
  }
  if (plan->memory_bytes > 0) {
    limit_resource(RLIMIT_AS, plan->memory_bytes, plan->memory_bytes);
  }
  if (plan->file_bytes > 0) {
    limit_resource(RLIMIT_FSIZE, plan->file_bytes, plan->file_bytes);
  }
}

static _Noreturn void run_program(const SupervisorPlan *plan, pid_t supervisor, const sigset_t *no_signals) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) {
    _exit(127);
  }
  reset_signals();
  sigprocmask(SIG_SETMASK, no_signals, NULL);
  close(DESCRIPTOR_ALIVE);
  fcntl(DESCRIPTOR_REPORT, F_SETFD, FD_CLOEXEC);
  apply_limits(plan);
  if (plan->niceness > 0 && nice(plan->niceness) < 0) {
    // at the priority that it has, then: nothing depends on it
  }
  if (chdir(plan->directory) == 0) {
    execve(plan->program, (char *const *)plan->arguments, (char *const *)plan->environment);
  }
  write_report((SupervisorReport){.failure = errno});
  _exit(127);
}

// ---- Killing what is left ----

static int parse_number(const char *text) {
  int number = 0;
  for (; *text >= '0' && *text <= '9' && number < 100000000; text++) {
    number = number * 10 + (*text - '0');
  }
  return *text == '\0' ? number : 0;
}

// The parent's id from /proc/PID/stat, "PID (name) S PPID ...": the name may hold anything, so the last ')' counts.
static int parent_of(int proc, const char *process) {
  char path[32], text[512];
  size_t length = strlen(process);
  memcpy(path, process, length);
  memcpy(path + length, "/stat", sizeof "/stat");
  int descriptor = openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t size = descriptor >= 0 ? read(descriptor, text, sizeof text - 1) : -1;
  if (descriptor >= 0) {
    close(descriptor);
  }
  if (size <= 0) {
    return 0;
  }
  text[size] = '\0';
  char *end = strrchr(text, ')');
  if (!end || strlen(end) < 5) {
    return 0;
  }
  char *number = end + 4;
  number[strcspn(number, " ")] = '\0';
  return parse_number(number);
}

struct directory_entry {  // struct linux_dirent64 of getdents64(2)
  uint64_t inode;
  int64_t next;
  unsigned short length;
  unsigned char type;
  char name[];
};

static void kill_listed(int proc, const char *entries, long size, pid_t self) {
  for (long at = 0; at < size;) {
    const struct directory_entry *entry = (const void *)(entries + at);
    int process = strlen(entry->name) < 16 ? parse_number(entry->name) : 0;
    if (process > 1 && parent_of(proc, entry->name) == self) {
      kill(process, SIGKILL);
    }
    at += entry->length;
  }
}

// Kills every child of this process, also those that it inherited as a subreaper.
static void kill_children(void) {
  int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) {
    return;
  }
  _Alignas(struct directory_entry) char entries[16384];
  long size;
  while ((size = syscall(SYS_getdents64, proc, entries, sizeof entries)) > 0) {
    kill_listed(proc, entries, size, getpid());
  }
  close(proc);
}

static void sleep_ms(long milliseconds) {
  struct timespec time = {0, milliseconds * 1000000};
  nanosleep(&time, NULL);
}

// Children that die leave their own children to us, so this goes on until there are none.
static void kill_everything(pid_t group) {
  killpg(group, SIGKILL);
  for (int round = 0; round < CLEANUP_ROUNDS_MAX; round++) {
    pid_t ended;
    while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) {
      return;
    }
    kill_children();
    sleep_ms(1);
  }
}

// ---- The supervisor ----

static void ignore_signal(int number) {
  (void)number;  // only there to interrupt ppoll
}

// Reaps what has ended. True when the child was among it.
static bool reap(pid_t child, SupervisorReport *report) {
  bool has_ended = false;
  int status;
  struct rusage usage;
  for (pid_t ended; (ended = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    if (ended == child) {
      has_ended = true;
      report->status = status;
      report->cpu_ms = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    }
  }
  return has_ended;
}

static void watch(pid_t child, const sigset_t *no_signals) {
  SupervisorReport report = {0};
  struct pollfd alive = {.fd = DESCRIPTOR_ALIVE, .events = POLLIN};
  while (!reap(child, &report)) {
    if (ppoll(&alive, 1, NULL, no_signals) > 0) {  // only the end of the pipe makes it readable
      report.status = SIGKILL;
      break;
    }
  }
  kill_everything(child);
  write_report(report);
}

// Puts the descriptors in their places; the sources are all above them. Everything else is closed, the protocol's too.
static bool arrange_descriptors(const SupervisorPlan *plan, int alive, int report) {
  const int sources[] = {plan->null, plan->output, plan->errors, plan->control, alive, report};
  for (int target = 0; target < DESCRIPTOR_FIRST_UNUSED; target++) {
    if (dup2(sources[target], target) < 0) {
      return false;
    }
  }
  close_from(DESCRIPTOR_FIRST_UNUSED);
  return true;
}

static _Noreturn void supervise(const SupervisorPlan *plan, int alive, int report) {
  setsid();  // no terminal: neither its signals nor its input reach the child
  reset_signals();
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (!arrange_descriptors(plan, alive, report)) {
    _exit(126);
  }
  sigset_t no_signals, child_ended;
  sigemptyset(&no_signals);
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  struct sigaction interrupt = {.sa_handler = ignore_signal};
  sigaction(SIGCHLD, &interrupt, NULL);
  sigprocmask(SIG_SETMASK, &child_ended, NULL);
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    run_program(plan, self, &no_signals);
  }
  for (int descriptor = 0; descriptor < DESCRIPTOR_ALIVE; descriptor++) {
    close(descriptor);
  }
  if (child < 0) {
    write_report((SupervisorReport){.failure = errno});
    _exit(126);
  }
  setpgid(child, child);
  watch(child, &no_signals);
  _exit(0);
}

// ---- In this process ----

// A pipe whose ends both lie above the places that `arrange_descriptors` fills.
static int make_pipe(int ret_ends[2], Error *ret_error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return error_set_errno(ret_error, errno, "cannot make a pipe for a child process");
  }
  for (int index = 0; index < 2; index++) {
    ret_ends[index] = fcntl(ends[index], F_DUPFD_CLOEXEC, 10);
    close(ends[index]);
  }
  if (ret_ends[0] >= 0 && ret_ends[1] >= 0) {
    return 0;
  }
  int code = error_set_errno(ret_error, EMFILE, "cannot make a pipe for a child process");
  for (int index = 0; index < 2; index++) {
    if (ret_ends[index] >= 0) {
      close(ret_ends[index]);
    }
  }
  return code;
}

int supervisor_start(const SupervisorPlan *plan, Supervisor *ret_supervisor, Error *ret_error) {
  int alive[2], report[2];
  int code = make_pipe(alive, ret_error);
  if (code != 0) {
    return code;
  }
  code = make_pipe(report, ret_error);
  if (code != 0) {
    close(alive[0]);
    close(alive[1]);
    return code;
  }
  pid_t process = fork();
  if (process == 0) {
    supervise(plan, alive[0], report[1]);
  }
  int failure = errno;
  close(alive[0]);
  close(report[1]);
  if (process < 0) {
    close(alive[1]);
    close(report[0]);
    return error_set_errno(ret_error, failure, "cannot start another process");
  }
  fcntl(report[0], F_SETFL, O_NONBLOCK);
  *ret_supervisor = (Supervisor){process, alive[1], report[0]};
  return 0;
}
