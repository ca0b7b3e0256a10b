import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The docs page loads its own scripts and styles and calls the API on this origin; nothing else may load anything. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  // Swagger UI sets style attributes.
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Security headers of the docs. TLS ends in front of this service, so nothing here speaks for it. */
export const docsSecurity: RequestHandler = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: POLICY },
  strictTransportSecurity: false,
});
