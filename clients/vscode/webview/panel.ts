// The page in the editor.
import type { FromPage, ToPage } from '../src/messages';
import { startPage } from './main';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void; setState(state: object): void };

const editor = acquireVsCodeApi();
const draw = startPage({ send: (message) => editor.postMessage(message), keep: (state) => editor.setState(state) });
window.addEventListener('message', (event: MessageEvent<ToPage>) => draw(event.data));
editor.postMessage({ type: 'ready' });
