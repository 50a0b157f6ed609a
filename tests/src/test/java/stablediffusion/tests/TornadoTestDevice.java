package stablediffusion.tests;

import stablediffusion.model.Precision;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;

import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Finds the device of TornadoVM that tests run on. */
final class TornadoTestDevice {
    private TornadoTestDevice() {}

    /**
     * Opens, in single precision, the first device of the backend that the system property {@code tornado.test.backend} names, or of the first
     * backend. Skips the test if there is no TornadoVM and none was named.
     */
    static Engine open() {
        Optional<String> backend = Optional.ofNullable(System.getProperty("tornado.test.backend"));
        Optional<Device> device = Engines.devices().stream()
                .filter(found -> backend.map(found.backend()::equals).orElse(!found.backend().equals(Engines.CPU)))
                .findFirst();
        assumeTrue(device.isPresent() || backend.isPresent(), "there is no TornadoVM");
        assertTrue(device.isPresent(), () -> "TornadoVM has no device of " + backend.orElseThrow());
        return Engines.open(device.orElseThrow().id(), EngineSettings.DEFAULT.withPrecision(Precision.F32));
    }
}
