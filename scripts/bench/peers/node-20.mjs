/** Restate's SDK calls Promise.withResolvers, which came with Node 22. Import this before the SDK on Node 20. */
Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};
