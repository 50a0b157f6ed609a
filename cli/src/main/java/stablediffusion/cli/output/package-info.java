/** Prints what commands do, and chooses the files that they write. Internal: not part of the library's API. */
package stablediffusion.cli.output;
