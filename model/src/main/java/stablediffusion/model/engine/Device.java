package stablediffusion.model.engine;

/**
 * Describes a device that can run networks.
 *
 * @param id name that {@link Engines#open} finds it by: "cpu", "opencl:0"
 * @param backend compiler of its kernels: "cpu", "opencl", "ptx" …
 * @param name name of the hardware, as its driver has it
 */
public record Device(String id, String backend, String name) {}
