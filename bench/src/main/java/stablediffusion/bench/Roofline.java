package stablediffusion.bench;

/**
 * Describes the roofline of a device (Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model", 2009). It is
 * measured on the same engine by short probes, so it is the peak that this engine reaches, not that of a data sheet.
 *
 * @param gigaflops peak compute throughput
 * @param gigabytesPerSecond peak memory bandwidth
 * @param gemm description of the compute probe
 * @param copy description of the bandwidth probe
 */
public record Roofline(double gigaflops, double gigabytesPerSecond, String gemm, String copy) {

    /**
     * Returns the upper bound of a kernel's throughput in GFLOP/s.
     *
     * @param intensity arithmetic intensity of the kernel, in FLOP per byte
     */
    public double bound(double intensity) {
        return Math.min(gigaflops, intensity * gigabytesPerSecond);
    }

    /** Returns the ridge point in FLOP per byte: kernels of a higher intensity are compute-bound, others memory-bound. */
    public double ridge() {
        return gigaflops / gigabytesPerSecond;
    }

    /**
     * Returns the shortest time that the roofline allows, divided by the measured time: 1 on the roofline. It exceeds 1 if the data of a
     * kernel fits into caches, or if the kernel is faster than the probe.
     */
    public double share(long operations, long bytes, double seconds) {
        return Math.max(operations / gigaflops, bytes / gigabytesPerSecond) * 1e-9 / seconds;
    }
}
