package stablediffusion.bench;

import java.util.Optional;

/**
 * Holds the measurement of one operation at one shape on one engine.
 *
 * @param count number of times that the networks run the operation
 * @param timing time of the operation alone, from the device's clock if it has one
 * @param compileSeconds time to compile the operation
 * @param outsideSeconds rest of the time of a run: copies to and from the device, and launches
 * @param operations floating-point operations of a run
 * @param bytes least memory traffic of a run
 * @param rooflineShare shortest time that the roofline allows, divided by the measured time
 * @param failure reason why the measurement failed; all numbers are zero then
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

    /** Returns kind and shape: "linear 2x1x4096x320 → 320". */
    public String name() {
        return kind.label() + " " + shape;
    }

    /** Returns the measurement of an operation that failed. */
    static KernelMeasurement failed(KernelCase kernel, String why) {
        Timing none = new Timing(0, 0, 0, 0, 0, false);
        return new KernelMeasurement(kernel.kind(), kernel.shape(), kernel.count(), none, 0, 0, 0, 0, 0, 0, 0, Optional.of(why));
    }
}
