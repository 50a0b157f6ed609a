package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Value;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/**
 * Compares the networks on TornadoVM's first device, or on the first of the backend that the system property {@code tornado.test.backend} names,
 * with the original networks, or with the CPU engine where that takes less time. Skipped without TornadoVM.
 */
class TornadoGoldenTest {
    /** Relative to the largest value, as on the CPU engine: both sum in single precision, in another order. */
    private static final double TOLERANCE = 1e-4;
    /** In dB. Below one level of 255 on average: what single precision leaves after some twenty steps. */
    private static final double PICTURE_PSNR = 40;
    private static final int STEPS = 20;

    @TempDir
    private static Path folder;

    private static Engine tornado;
    private static Engine cpu;
    private static ModelDirectory model;
    private static Pipeline onTornado;
    private static Pipeline onCpu;

    @BeforeAll
    static void open() {
        Optional<String> backend = Optional.ofNullable(System.getProperty("tornado.test.backend"));
        List<Device> devices = Engines.devices().stream().filter(found -> !found.backend().equals(Engines.CPU)).toList();
        assumeTrue(!devices.isEmpty(), "there is no TornadoVM");
        Optional<Device> device = devices.stream().filter(found -> backend.isEmpty() || backend.get().equals(found.backend())).findFirst();
        assertTrue(device.isPresent(), () -> "TornadoVM has no backend " + backend.get());
        tornado = Engines.open(device.get().id(), EngineSettings.DEFAULT.withPrecision(Precision.F32));
        cpu = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        onTornado = new Pipeline(model.configuration(), model, tornado);
        onCpu = new Pipeline(model.configuration(), model, cpu);
    }

    @AfterAll
    static void close() {
        Stream.of(onTornado, onCpu).filter(opened -> opened != null).forEach(Pipeline::close);
        Stream.of(tornado, cpu).filter(opened -> opened != null).forEach(Engine::close);
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

    /** Compares the last block of each level at the size of Stable Diffusion v1, from 8x8 pixels of 1280 channels to 64x64 of 320. */
    @ParameterizedTest
    @ValueSource(ints = {2, 5, 8, 11})
    void blockOfFullSize(int number) {
        Configuration v1 = Configuration.v1();
        Graph unet = Unet.graph(v1.unet(), 2, v1.latentEdge(), v1.latentEdge(), v1.text().positions());
        Graph block = part(unet, "model.diffusion_model.output_blocks." + number + ".");
        Map<String, Tensor> inputs = RandomNumbers.inputs(block);
        Weights weights = new SyntheticWeights();
        try (Executable expected = cpu.compile(block, weights); Executable executable = tornado.compile(block, weights)) {
            Tensor values = expected.run(inputs);
            for (String run : List.of("first run", "second run")) {
                OutputAssertions.assertClose(values, executable.run(inputs), TOLERANCE, block.name() + ", " + run);
            }
        }
    }

    /** Returns the operations of one layer as a graph, whose inputs are the values that they take from other layers. */
    private static Graph part(Graph graph, String layer) {
        List<Operation> operations = graph.operations().stream()
                .filter(operation -> operation.output().name().startsWith(layer))
                .toList();
        Set<Value> taken = new LinkedHashSet<>();
        Set<Value> made = new HashSet<>();
        for (Operation operation : operations) {
            operation.inputs().stream().filter(value -> !made.contains(value)).forEach(taken::add);
            made.add(operation.output());
        }
        Set<String> names = new HashSet<>();
        taken.forEach(value -> assertTrue(names.add(value.name()), () -> "two inputs are called " + value.name()));
        return new Graph(layer, List.copyOf(taken), operations, operations.getLast().output());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "a red circle on a blue background",
        "a yellow star",
        "a small green triangle on a white background",
        "a purple heart to the left of a cyan square",
        "an orange ring above a pink diamond",
        "a black cross and a gray circle on a brown background",
        "a red sun over the ocean with an orange sky",
        "a white moon over the ocean with a blue sky",
        "green mountains under a pink sky",
        "a picture of a white house with a red roof",
    })
    void picture(String prompt) {
        Picture expected = onCpu.generate(request(prompt), PipelineListener.NONE).picture();
        Picture picture = onTornado.generate(request(prompt), PipelineListener.NONE).picture();
        assertEquals(expected.width(), picture.width());
        double psnr = expected.psnr(picture);
        System.out.printf("%s: %.1f dB%n", prompt, psnr);
        assertTrue(psnr >= PICTURE_PSNR, () -> "PSNR is " + psnr + " dB");
    }

    private static Request request(String prompt) {
        int size = model.configuration().nativeSize();
        return Request.builder(prompt)
                .promptStyle(PromptStyle.LITERAL)
                .size(size, size)
                .sampler(Samplers.find("plms").create())
                .steps(STEPS)
                .guidanceScale(5)
                .seed(42)
                .build();
    }
}
