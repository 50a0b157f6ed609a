package stablediffusion.model.engine;

/**
 * Something that can run networks.
 *
 * @param id what {@code --backend} takes to choose it: "cpu", "opencl:0"
 * @param backend what compiles for it: "cpu", "opencl", "ptx" …
 * @param name the hardware, as its driver names it
 */
public record Device(String id, String backend, String name) {}
