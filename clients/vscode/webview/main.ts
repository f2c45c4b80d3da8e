// The page: draws what its host sends, and sends back what is clicked. The host is the editor, or the page itself where the
// history was written to a file.
import type { FromPage, ToPage } from '../src/messages';
import { comparisonPage } from './comparison';
import { element } from './dom';
import { LiveThreads } from './live';
import { OverviewPage } from './overview';
import { runPage } from './run';

export interface Host {
  send: (message: FromPage) => void;
  keep: (state: object) => void; // what a page that is loaded again begins with
}

export function startPage(host: Host): (message: ToPage) => void {
  const page = document.getElementById('page');
  const live = new LiveThreads(document.getElementById('live'), host.send);
  const overview = new OverviewPage(host.send);
  let folder: string | undefined;
  const show = (content: HTMLElement) => {
    if (page?.firstChild === content) return;
    page?.replaceChildren(content);
    window.scrollTo(0, 0);
  };
  return (message) => {
    switch (message.type) {
      case 'live':
        live.show(message.runs);
        return;
      case 'overview':
        folder = message.folder;
        host.keep({ folder });
        overview.show(message);
        show(overview.root);
        return;
      case 'more':
        overview.add(message.runs, message.hasMore);
        return;
      case 'trend':
        overview.showTrend(message.trend);
        return;
      case 'run':
        host.keep({ folder, runId: message.detail.summary.run_id });
        show(runPage(message, host.send));
        return;
      case 'comparison':
        host.keep({ folder, compared: [message.before, message.after].map((detail) => detail.summary.run_id) });
        show(comparisonPage(message, host.send));
        return;
      case 'problem':
        show(problem(message.message, host.send));
    }
  };
}

function problem(message: string, send: Host['send']): HTMLElement {
  const again = element('button', { class: 'secondary' }, 'Try again');
  again.addEventListener('click', () => send({ type: 'overview' }));
  return element('div', { class: 'problem', role: 'alert' }, element('h1', {}, 'The history cannot be shown'), element('p', {}, message), again);
}
