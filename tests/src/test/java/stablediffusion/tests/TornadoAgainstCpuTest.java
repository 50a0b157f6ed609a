package stablediffusion.tests;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares blocks of full size and whole pictures on TornadoVM with those of the CPU engine. Skipped without TornadoVM. */
@ParameterizedClass
@EnumSource
class TornadoAgainstCpuTest {
    @TempDir
    private static Path folder;

    @Parameter
    private TornadoArithmetic arithmetic;

    private static Engine tornado;
    private static Engine cpu;
    private static ModelDirectory model;
    private static Pipeline onTornado;
    private static Pipeline onCpu;

    @BeforeParameterizedClassInvocation
    static void open(TornadoArithmetic arithmetic) {
        tornado = arithmetic.open();
        cpu = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        onTornado = new Pipeline(model.configuration(), model, tornado);
        onCpu = new Pipeline(model.configuration(), model, cpu);
    }

    @AfterParameterizedClassInvocation
    static void close() {
        Stream.of(onTornado, onCpu).filter(opened -> opened != null).forEach(Pipeline::close);
        Stream.of(tornado, cpu).filter(opened -> opened != null).forEach(Engine::close);
    }

    /** Compares the last block of each level at the size of Stable Diffusion v1, from 8x8 pixels of 1280 channels to 64x64 of 320. */
    @ParameterizedTest
    @ValueSource(ints = {2, 5, 8, 11})
    void blockOfFullSize(int number) {
        Configuration v1 = Configuration.v1();
        Graph unet = Unet.graph(v1.unet(), 2, v1.latentEdge(), v1.latentEdge(), v1.text().positions());
        Graph block = GraphPart.of(unet, "model.diffusion_model.output_blocks." + number + ".");
        Map<String, Tensor> inputs = RandomNumbers.inputs(block);
        Weights weights = new SyntheticWeights();
        try (Executable expected = cpu.compile(block, weights); Executable executable = tornado.compile(block, weights)) {
            Tensor values = expected.run(inputs);
            for (String run : List.of("first run", "second run")) {
                OutputAssertions.assertClose(values, executable.run(inputs), arithmetic.tolerance(), block.name() + ", " + run);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("stablediffusion.tests.TenPictures#PROMPTS")
    void picture(String prompt) {
        Picture expected = onCpu.generate(TenPictures.request(model.configuration(), prompt), PipelineListener.NONE).picture();
        Picture picture = onTornado.generate(TenPictures.request(model.configuration(), prompt), PipelineListener.NONE).picture();
        assertEquals(expected.width(), picture.width());
        double psnr = expected.psnr(picture);
        System.out.printf("%s: %.1f dB%n", prompt, psnr);
        assertTrue(psnr >= arithmetic.decibels(), () -> "PSNR is " + psnr + " dB");
    }
}
