package stablediffusion.model.benchmark;

/**
 * How fast one kind of operation runs at one shape.
 *
 * @param kernel what it does: "convolution 3x3", "attention 4096x4096, head 40"
 * @param shape of the output, and what else sets the cost
 * @param count how many of the network's operations are the same
 * @param seconds median of the runs
 * @param spread the middle half of the runs, over the median: 0.1 is a quiet machine
 * @param operations floating-point operations: two for a multiply-add
 * @param bytes that must be moved at least: each input, weight and output once
 */
public record KernelTime(String kernel, String shape, int count, double seconds, double spread, double operations, double bytes) {

    /** 10⁹ floating-point operations a second. */
    public double gigaflops() {
        return operations / seconds / 1e9;
    }

    /** 10⁹ bytes a second. */
    public double gigabytes() {
        return bytes / seconds / 1e9;
    }
}
