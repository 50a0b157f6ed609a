/**
 * The kernels, which TornadoVM compiles for a device: static methods of arrays and scalars.
 *
 * <p>What all of them share: the arena holds every activation, a task graph's weights and vectors its trained tensors, and {@code offsets}
 * says where a task's tensors begin in them, in elements. Scalars become constants of the compiled code, so a shape makes fast code
 * of its own; offsets are in an array, so that layers of one shape have one code, which drivers then find in their caches.
 *
 * <p>A {@code KernelContext} kernel is run by work-groups of work-items, in the grid that its comment gives; costs are counted for
 * the whole grid.
 */
package stablediffusion.tornado.kernels;
