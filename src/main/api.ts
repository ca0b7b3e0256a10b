import { startApi } from './api-role';
import { openIntakes } from './intakes';
import { runProcess } from './run-process';

/** Runs the API alone. Workers in other processes run the sagas that it starts. */
runProcess('api', false, async (context, started) => started(await startApi(context, openIntakes(context))));
