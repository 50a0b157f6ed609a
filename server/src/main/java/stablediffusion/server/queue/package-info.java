/** Queues the pictures that clients ask for and paints them, one engine at a time each. Knows nothing of HTTP. */
package stablediffusion.server.queue;
