import './node-20.mjs';
import { createServer } from 'node:http2';
import * as restate from '@restatedev/restate-sdk';
import { openShop } from './shop.mjs';

/**
 * POST /v1/orders on Restate: one invocation an order, one `ctx.run` a transaction. The service is called v1 and its
 * handler orders, so that the path of Restate's own ingress is the one that callers of Holdfast use.
 */

/** More are no faster on two cores. */
const CONNECTIONS = 15;
const shop = openShop({
  url: process.env.DATABASE_URL,
  schema: process.env.PEER_SCHEMA,
  connections: CONNECTIONS,
});

const orders = restate.service({
  name: 'v1',
  handlers: {
    orders: async (ctx, body) => {
      const orderId = ctx.rand.uuidv4();
      await ctx.run('record order', () => shop.recordOrder(orderId, body));
      if (!(await ctx.run('hold credit', () => shop.holdCredit(orderId, body)))) {
        await ctx.run('reject order', () => shop.rejectOrder(orderId, 'CREDIT_LIMIT_EXCEEDED'));
        return { id: orderId, status: 'REJECTED', reason: 'CREDIT_LIMIT_EXCEEDED' };
      }
      if (!(await ctx.run('commit stock', () => shop.commitStock(orderId, body)))) {
        await ctx.run('release credit', () => shop.releaseCredit(orderId));
        await ctx.run('reject order', () => shop.rejectOrder(orderId, 'OUT_OF_STOCK'));
        return { id: orderId, status: 'REJECTED', reason: 'OUT_OF_STOCK' };
      }
      await ctx.run('approve order', () => shop.approveOrder(orderId));
      return { id: orderId, status: 'APPROVED' };
    },
  },
});

const server = createServer(restate.createEndpointHandler({ services: [orders] }));
server.listen(Number(process.env.PORT), '127.0.0.1');

process.once('SIGTERM', async () => {
  await shop.close();
  process.exit(0);
});
