package stablediffusion.bench;

/**
 * What a device can do at most (Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model", 2009), measured on
 * the same engine by short probes: so it is the peak of what this engine reaches, not what a data sheet promises.
 *
 * @param gigaflops of the largest matrix product that was tried
 * @param gigabytesPerSecond of the largest copy that was tried
 * @param gemm what the first was measured with
 * @param copy what the second was measured with
 */
public record Roofline(double gigaflops, double gigabytesPerSecond, String gemm, String copy) {

    /** The most that a kernel can reach, in GFLOP/s. @param intensity its operations for each byte that it moves */
    public double bound(double intensity) {
        return Math.min(gigaflops, intensity * gigabytesPerSecond);
    }

    /** Operations a byte from which on a kernel is bound by computing. */
    public double ridge() {
        return gigaflops / gigabytesPerSecond;
    }

    /**
     * The time that the roofline allows over the time taken: 1 on the roof. Above 1 where a kernel's data fit into caches, or where it
     * beats the probe.
     */
    public double share(long operations, long bytes, double seconds) {
        return Math.max(operations / gigaflops, bytes / gigabytesPerSecond) * 1e-9 / seconds;
    }
}
