/** A server that keeps a model loaded and paints pictures for many clients. */
package stablediffusion.server;
