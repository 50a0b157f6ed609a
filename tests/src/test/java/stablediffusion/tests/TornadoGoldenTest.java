package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares the networks on TornadoVM with the original networks. Skipped without TornadoVM. */
class TornadoGoldenTest {
    /** Relative to the largest value, as on the CPU engine: both sum in single precision, in another order. */
    static final double TOLERANCE = 1e-4;

    @TempDir
    private static Path folder;

    private static Engine tornado;
    private static ModelDirectory model;

    @BeforeAll
    static void open() {
        tornado = TornadoTestDevice.open();
        model = TinyShapes.convert(folder);
    }

    @AfterAll
    static void close() {
        if (tornado != null) {
            tornado.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> smallNetworks() {
        return Stream.concat(
                networks("network-narrow", new SyntheticWeights(), GoldenNetworks.Network.values()),
                networks("tiny-shapes", model, GoldenNetworks.Network.values()));
    }

    @TestFactory
    Stream<DynamicTest> textEncoderOfFullSize() {
        return networks("network-full", new SyntheticWeights(), GoldenNetworks.Network.CLIP);
    }

    private static Stream<DynamicTest> networks(String file, Weights weights, GoldenNetworks.Network... networks) {
        return Goldens.files(file, ".safetensors").stream().flatMap(path -> {
            GoldenNetworks goldens = GoldenNetworks.of(SafetensorsFile.read(path));
            return Stream.of(networks).map(
                    network -> dynamicTest(path.getFileName() + " " + network, () -> goldens.check(network, tornado, weights, TOLERANCE)));
        });
    }
}
