/** OpenAI's HTTP interface for pictures. */
package stablediffusion.server.openai;
