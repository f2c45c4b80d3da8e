// Whether the extension and the server fit: they are released together, and what they say to each other may change with each
// release that is more than a correction.
function release(version: string): string | undefined {
  return /^\d+\.\d+(?=\.)/.exec(version)?.[0];
}

export function versionProblem(extension: string, server: string): string | undefined {
  const [own, other] = [release(extension), release(server)];
  if (own === other && own !== undefined) return undefined;
  const said = other === undefined ? 'does not say which version it is' : `is version ${server}`;
  return `the server ${said}, and this extension was made for ${own ?? extension}: some of it may not work. Use the server that is in the extension, or update both.`;
}
