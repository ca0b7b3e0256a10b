import { render } from 'preact';
import './styles/page.css';
import { resume } from './api/sign-in';
import { App } from './app';

void resume();
render(<App />, document.body);
