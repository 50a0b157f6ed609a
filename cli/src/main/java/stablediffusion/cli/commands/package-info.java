/** Contains a class for each command of {@code sd}. Internal: not part of the library's API. */
package stablediffusion.cli.commands;
