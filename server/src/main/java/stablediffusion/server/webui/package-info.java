/** The HTTP interface of AUTOMATIC1111's web UI, as far as this program can do what it names. */
package stablediffusion.server.webui;
