package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.weights.SyntheticModel;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares the networks, with synthetic weights on the CPU engine, with the original networks. */
class NetworkGoldenTest {
    private static final String WEIGHTS = "synthetic, see README";
    private static final Set<String> TENSORS = Set.of("ids", "context", "x", "t", "eps", "z", "image", "pixels", "moments");

    /** Relative to the largest value: sums of thousands of products in another order, through some hundred layers, in single precision. */
    private static final double TOLERANCE = 1e-4;

    private static Engine engine;

    @BeforeAll
    static void open() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @TestFactory
    Stream<DynamicTest> networks() {
        return Goldens.files("network", ".safetensors").stream().flatMap(path -> {
            SafetensorsFile file = SafetensorsFile.read(path);
            assertEquals(WEIGHTS, file.metadata().get("weights"), path + ": which weights?");
            assertEquals(TENSORS, file.tensors().keySet(), path + ": which values?");
            GoldenNetworks goldens = GoldenNetworks.of(file);
            return Stream.of(GoldenNetworks.Network.values()).map(network -> dynamicTest(
                    path.getFileName() + " " + network, () -> goldens.check(network, engine, new SyntheticWeights(), TOLERANCE)));
        });
    }

    /** Compares the weights themselves, so that a difference above is one of the network. */
    @TestFactory
    Stream<DynamicTest> sumsOfWeights() {
        return Goldens.files("network", ".safetensors").stream().flatMap(path -> {
            SafetensorsFile file = SafetensorsFile.read(path);
            var shapes = GoldenNetworks.of(file).checkpointShapes();
            JsonNode sums = JsonMapper.shared().readTree(file.metadata().get("sums"));
            return sums.properties().stream().map(entry -> dynamicTest(path.getFileName() + " " + entry.getKey(), () -> {
                float[] values = SyntheticModel.values(entry.getKey(), shapes.get(entry.getKey()));
                double sum = 0;
                double absolute = 0;
                for (float value : values) {
                    sum += value;
                    absolute += Math.abs(value);
                }
                // The last place of each value, which may differ, against the sum of all.
                double tolerance = 1e-7 * entry.getValue().get(1).asDouble();
                assertEquals(entry.getValue().get(0).asDouble(), sum, tolerance);
                assertEquals(entry.getValue().get(1).asDouble(), absolute, tolerance);
            }));
        });
    }
}
