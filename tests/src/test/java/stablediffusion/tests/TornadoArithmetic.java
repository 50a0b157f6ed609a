package stablediffusion.tests;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;

import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Opens the device of TornadoVM that tests run on, in each precision in which it computes, and holds how far its results may be off.
 */
enum TornadoArithmetic {
    /** Both sides sum in single precision, in another order. A whole picture: below one level of 255 on average after some twenty steps. */
    SINGLE(EngineSettings.DEFAULT.withPrecision(Precision.F32), 1e-4, 40),
    /**
     * With tensor cores, activations in fp16 are rounded by up to 2^-11 of a value, some hundred times one after another in a network: 5e-3 if the
     * errors add up as at random, and as much again for outliers. The CPU engine's pictures in bf16 have 30 to 40 dB.
     */
    HALF(EngineSettings.DEFAULT, 1e-2, 30);

    private final EngineSettings settings;
    private final double tolerance;
    private final double decibels;

    TornadoArithmetic(EngineSettings settings, double tolerance, double decibels) {
        this.settings = settings;
        this.tolerance = tolerance;
        this.decibels = decibels;
    }

    /** Returns the largest error of a network's output, relative to its largest value. */
    double tolerance() {
        return tolerance;
    }

    /** Returns the least ratio of signal and noise of a picture, in dB. */
    double decibels() {
        return decibels;
    }

    /**
     * Opens the first device of the backend that the system property {@code tornado.test.backend} names, or of the first backend. Skips the
     * test if there is no TornadoVM and none was named, or if the device does not compute in this precision.
     */
    Engine open() {
        Optional<String> backend = Optional.ofNullable(System.getProperty("tornado.test.backend"));
        Optional<Device> device = Engines.devices().stream()
                .filter(found -> backend.map(found.backend()::equals).orElse(!found.backend().equals(Engines.CPU)))
                .findFirst();
        assumeTrue(device.isPresent() || backend.isPresent(), "there is no TornadoVM");
        assertTrue(device.isPresent(), () -> "TornadoVM has no device of " + backend.orElseThrow());
        Engine engine = Engines.open(device.orElseThrow().id(), settings);
        boolean computes = this == SINGLE || engine.activations() == Precision.F16;
        if (!computes) {
            engine.close();
        }
        assumeTrue(computes, () -> device.orElseThrow().id() + " has no tensor cores");
        return engine;
    }
}
