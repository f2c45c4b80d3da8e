// What CTest tells the tests.
export function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`the environment has no ${name}; CTest sets it, see tests/vscode/CMakeLists.txt`);
  return value;
}
