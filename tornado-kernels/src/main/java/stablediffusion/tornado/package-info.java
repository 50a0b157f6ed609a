/**
 * Runs graphs on devices of TornadoVM: lowers a graph to task graphs, chooses kernels and block sizes for a device, and compiles and runs the
 * plan.
 *
 * <p>Internal: not part of the library's API. Public classes are for the modules that tune block sizes.
 */
package stablediffusion.tornado;
