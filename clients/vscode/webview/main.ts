// The panel's page: draws what the extension sends, and sends back what is clicked.
import type { FromPage, ToPage } from '../src/messages';
import { element } from './dom';
import { liveThreads } from './live';
import { overviewPage } from './overview';
import { runPage } from './run';

declare function acquireVsCodeApi(): { postMessage(message: FromPage): void; setState(state: object): void };

const editor = acquireVsCodeApi();
const page = document.getElementById('page');
const live = document.getElementById('live');
let kind = 'all';

const send = (message: FromPage) => editor.postMessage(message);

function draw(message: ToPage): void {
  switch (message.type) {
    case 'live':
      live?.replaceChildren(...liveThreads(message.runs, send));
      return;
    case 'run':
      editor.setState({ runId: message.detail.summary.run_id });
      page?.replaceChildren(runPage(message.detail, send));
      window.scrollTo(0, 0);
      return;
    case 'overview': {
      const redraw = (chosen: string) => {
        kind = chosen;
        draw(message);
      };
      editor.setState({});
      page?.replaceChildren(overviewPage(message, kind, send, redraw));
      return;
    }
    case 'problem':
      page?.replaceChildren(element('p', { role: 'alert' }, message.message));
  }
}

window.addEventListener('message', (event: MessageEvent<ToPage>) => draw(event.data));
send({ type: 'ready' });
