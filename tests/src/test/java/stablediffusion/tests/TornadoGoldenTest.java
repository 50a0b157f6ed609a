package stablediffusion.tests;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares the networks on TornadoVM with the original networks. Skipped without TornadoVM. */
@ParameterizedClass
@EnumSource
class TornadoGoldenTest {
    @TempDir
    private static Path folder;

    @Parameter
    private TornadoArithmetic arithmetic;

    private static Engine tornado;
    private static ModelDirectory model;

    @BeforeParameterizedClassInvocation
    static void open(TornadoArithmetic arithmetic) {
        tornado = arithmetic.open();
        model = TinyShapes.convert(folder);
    }

    @AfterParameterizedClassInvocation
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

    private Stream<DynamicTest> networks(String file, Weights weights, GoldenNetworks.Network... networks) {
        return Goldens.files(file, ".safetensors").stream().flatMap(path -> {
            GoldenNetworks goldens = GoldenNetworks.of(SafetensorsFile.read(path));
            return Stream.of(networks).map(
                    network -> dynamicTest(path.getFileName() + " " + network,
                            () -> goldens.check(network, tornado, weights, arithmetic.tolerance())));
        });
    }
}
