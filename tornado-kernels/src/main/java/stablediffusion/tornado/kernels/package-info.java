/**
 * Contains the kernels, which TornadoVM compiles for a device: static methods with arrays and scalars as arguments.
 *
 * <p>Arguments that all of them share: {@code arena} holds every activation, {@code weights} and {@code vectors} hold the trained tensors of a
 * task graph, and {@code offsets} says where a task's tensors begin in them, in elements. Scalars become constants of the compiled code,
 * so each shape gets code of its own, and the compiler can simplify it. Offsets are in an array, so that layers of one shape share code,
 * which drivers then find in their caches.
 *
 * <p>Work-groups of work-items run a kernel, in the grid that its comment gives; costs are counted for the whole grid.
 *
 * <p>Internal: not part of the library's API.
 */
package stablediffusion.tornado.kernels;
