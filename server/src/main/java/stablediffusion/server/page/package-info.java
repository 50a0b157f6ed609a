/** The page of the server, and what only it asks for. */
package stablediffusion.server.page;
