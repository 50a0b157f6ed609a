/** Contains groups of options, each for one concern. Internal: not part of the library's API. */
package stablediffusion.cli.options;
