import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The docs page loads its own scripts and styles and calls the API on this origin; it may load nothing else. */
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

/** Sets the security headers of the docs. No HSTS: TLS ends in front of this service. */
export const docsSecurity: RequestHandler = helmet({
  contentSecurityPolicy: { useDefaults: false, directives: POLICY },
  strictTransportSecurity: false,
});
