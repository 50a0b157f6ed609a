/** What the APIs have in common: models, limits, pictures that are sent and received. */
package stablediffusion.server.painting;
