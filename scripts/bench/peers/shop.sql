-- The tables of one peer, created in a schema of its own. The bench fills stock and customer_account.

CREATE TABLE customer_account (
  customer_id text PRIMARY KEY,
  credit_limit bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  CHECK (held BETWEEN 0 AND credit_limit)
);

CREATE TABLE credit_hold (
  order_id text PRIMARY KEY,
  customer_id text NOT NULL,
  amount bigint NOT NULL
);

CREATE TABLE stock (
  sku text PRIMARY KEY,
  available int NOT NULL CHECK (available >= 0)
);

CREATE TABLE stock_commitment (
  order_id text NOT NULL,
  sku text NOT NULL,
  quantity int NOT NULL,
  PRIMARY KEY (order_id, sku)
);

CREATE TABLE customer_order (
  order_id text PRIMARY KEY,
  customer_id text NOT NULL,
  currency text NOT NULL,
  total bigint NOT NULL,
  status text NOT NULL,
  reason text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_line (
  order_id text NOT NULL,
  line_number int NOT NULL,
  sku text NOT NULL,
  quantity int NOT NULL,
  unit_price bigint NOT NULL,
  PRIMARY KEY (order_id, line_number)
);
