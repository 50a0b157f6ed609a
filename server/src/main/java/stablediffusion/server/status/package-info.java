/** Tells operators and programs how the server is: health, statistics, and the description of all routes. */
package stablediffusion.server.status;
