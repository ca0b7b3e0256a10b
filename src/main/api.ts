import { startApi } from './api-role';
import { openIntakes } from './intakes';
import { runProcess } from './run-process';

/** The API alone; the sagas it starts are run by workers elsewhere. */
runProcess('api', false, async (context, started) => started(await startApi(context, openIntakes(context))));
