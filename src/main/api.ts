import { startApi } from './roles/api-role';
import { openIntakes } from './roles/intakes';
import { runProcess } from './roles/run-process';

/** Runs the API alone. Workers in other processes run the sagas that it starts. */
runProcess('api', false, async (context, started) => started(await startApi(context, openIntakes(context))));
