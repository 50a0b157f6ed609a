package stablediffusion.bench;

import java.util.Optional;

/**
 * One operation at one shape on one engine.
 *
 * @param count how often the networks run it
 * @param timing of the operation alone, by the device's clock where it has one
 * @param compileSeconds to prepare it
 * @param outsideSeconds of a run beyond the operation: copies to and from the device and launches
 * @param bytes that it has to move at least
 * @param rooflineShare the time that the roofline allows over the time taken
 * @param failure why it could not be measured, with zeros elsewhere
 */
public record KernelMeasurement(
        OperationKind kind,
        String shape,
        int count,
        Timing timing,
        double compileSeconds,
        double outsideSeconds,
        long operations,
        long bytes,
        double gigaflops,
        double gigabytesPerSecond,
        double rooflineShare,
        Optional<String> failure) {

    /** "linear 2x1x4096x320 → 320" */
    public String name() {
        return kind.label() + " " + shape;
    }

    static KernelMeasurement failed(KernelCase kernel, String why) {
        Timing none = new Timing(0, 0, 0, 0, 0, false);
        return new KernelMeasurement(kernel.kind(), kernel.shape(), kernel.count(), none, 0, 0, 0, 0, 0, 0, 0, Optional.of(why));
    }
}
