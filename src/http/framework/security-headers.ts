import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** A page loads scripts, styles and images of this origin and calls the API here; it may load nothing else. */
const PAGE = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

// Swagger UI sets style attributes.
const DOCS = { ...PAGE, 'style-src': ["'self'", "'unsafe-inline'"] };

/** Sets the security headers of the operator's page. */
export const pageSecurity = securityOf(PAGE);

/** Sets the security headers of the docs. */
export const docsSecurity = securityOf(DOCS);

/** No HSTS: TLS ends in front of this service. */
function securityOf(directives: Record<string, string[]>): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    strictTransportSecurity: false,
  });
}
