/** Serves routes over HTTP/1.1: who may ask, limits, errors, JSON, events, and the description of all routes. The only package that knows Helidon. */
package stablediffusion.server.http;
