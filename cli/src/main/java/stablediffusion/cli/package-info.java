/** Contains the program {@code sd}. Internal: not part of the library's API. */
package stablediffusion.cli;
