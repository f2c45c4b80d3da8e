// Elements without markup in strings: text of reports can never become markup.

type Child = Node | string | undefined | false;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return node;
}

export function drawing(name: string, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElement {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

export function option(value: string, text: string): HTMLOptionElement {
  return element('option', { value }, text);
}

export function button(text: string, run: () => void, attributes: Record<string, string> = {}): HTMLButtonElement {
  const node = element('button', attributes, text);
  node.addEventListener('click', run);
  return node;
}
