package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.pipeline.MemoryUse;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.PipelineResult;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.model.weights.Weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Tests pipelines whose memory is limited. */
class MemoryTest {
    /** A PSNR in dB, as in {@link TilesTest}. */
    private static final double INVISIBLE = 45;

    @TempDir
    private static Path folder;

    private static Engine engine;
    private static ModelDirectory model;
    private static Configuration configuration;
    /** The picture that a pipeline without a limit makes. */
    private static Picture expected;

    private final List<String> notes = new ArrayList<>();
    private CountingEngine counting;

    @BeforeAll
    static void paint() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        configuration = model.configuration();
        try (Pipeline pipeline = new Pipeline(configuration, model, engine)) {
            expected = pipeline.generate(request(), PipelineListener.NONE).picture();
        }
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @BeforeEach
    void count() {
        counting = new CountingEngine(engine);
    }

    @Test
    void networksAreDroppedWhereTheLimitAsksForIt() {
        long limit = Math.max(unet(), decoder());
        assertTrue(limit < unet() + decoder());
        Picture picture = generate(counting, limit);
        assertTrue(counting.most() <= limit, () -> counting.most() + " bytes of " + limit);
        assertEquals(0, counting.held());
        assertArrayEquals(expected.rgb(), picture.rgb());
        assertEquals(List.of(), notes);
    }

    @Test
    void decodesInTilesWhereTheWholeWouldPassTheLimit() {
        long limit = decoder() - 1;
        assertTrue(limit >= unet(), "this is about the decoder");
        Picture picture = generate(counting, limit);
        assertTrue(counting.most() <= limit, () -> counting.most() + " bytes of " + limit);
        double psnr = expected.psnr(picture);
        assertTrue(psnr >= INVISIBLE, () -> "PSNR is " + psnr + " dB");
        assertEquals(1, notes.size());
        assertTrue(notes.getFirst().matches("the vae decoder would take [\\d.]+ MB, more than the limit of [\\d.]+ MB: it runs in tiles"),
                notes::toString);
    }

    /** Decodes previews while the UNet is in use: neither network may be closed while the other needs it. */
    @Test
    void previewsShareTheLimit() {
        long limit = Math.max(unet(), decoder());
        int[] previews = {0};
        try (Pipeline pipeline = pipeline(counting, Optional.of(limit))) {
            Picture picture = pipeline.generate(request(), new PipelineListener() {
                @Override
                public void step(int step, int steps, Tensor denoised) {
                    pipeline.decode(denoised, PipelineListener.NONE);
                    previews[0]++;
                }
            }).picture();
            assertArrayEquals(expected.rgb(), picture.rgb());
        }
        assertEquals(2, previews[0]);
        assertTrue(counting.most() <= limit, () -> counting.most() + " bytes of " + limit);
    }

    @Test
    void saysWhichSizeWouldFit() {
        UserException failure = failure(unet() - 1);
        String message = failure.getMessage();
        assertTrue(
                message.matches("the UNet takes [\\d.]+ MB for a picture of 192x160 \\([\\d.]+ MB of it weights\\), more than the limit of "
                        + "[\\d.]+ MB: 176x144 would fit"),
                message);
        assertEquals(List.of(Remedy.COMPUTE_IN_16_BITS), failure.remedies());
        assertEquals(0, counting.most(), "nothing was loaded");
    }

    @Test
    void saysHowManyPicturesWouldFitTogether() {
        long limit = unet(3);
        UserException failure = assertThrows(UserException.class, () -> generateTogether(counting, Optional.of(limit), 8));
        String message = failure.getMessage();
        assertTrue(
                message.matches(
                        "the UNet takes [\\d.]+ MB for 8 pictures of 192x160 at a time \\([\\d.]+ MB of it weights\\), more than the "
                                + "limit of [\\d.]+ MB: 3 at a time would fit"),
                message);
        assertEquals(List.of(Remedy.MAKE_FEWER_TOGETHER, Remedy.COMPUTE_IN_16_BITS), failure.remedies());
        assertEquals(0, counting.most(), "nothing was loaded");

        assertEquals(3, generateTogether(counting, Optional.of(limit), 3).size());
        assertTrue(counting.most() <= limit, () -> counting.most() + " bytes of " + limit);
    }

    @Test
    void saysThatNoPictureFitsInsteadOfAskingForFewer() {
        UserException failure =
                assertThrows(UserException.class, () -> generateTogether(counting, Optional.of(unet() - 1), 8));
        assertTrue(failure.getMessage().endsWith(": 176x144 would fit"), failure.getMessage());
        assertEquals(List.of(Remedy.COMPUTE_IN_16_BITS), failure.remedies());
    }

    /** Tests a device that has the memory for one picture, but not for two. */
    @Test
    void aDeviceWithTooLittleMemoryForABatchAsksForFewer() {
        Engine device = new SmallDevice(counting, graph -> graph.name().equals("unet") && graph.output().shape().batch() > 2, true);
        assertEquals(1, generateTogether(device, Optional.empty(), 1).size());
        UserException failure = assertThrows(DeviceMemoryException.class, () -> generateTogether(device, Optional.empty(), 2));
        assertEquals(List.of(Remedy.MAKE_FEWER_TOGETHER), failure.remedies());
        assertEquals(0, counting.held());
    }

    @Test
    void saysThatNoSizeFits() {
        String message = failure(20_000_000).getMessage();
        assertTrue(message.contains("more than the limit of 20.0 MB: no smaller picture fits"), message);
        assertEquals(0, counting.most(), "nothing was loaded");
    }

    @Test
    void saysThatTheTextEncoderDoesNotFit() {
        String message = failure(1_000_000).getMessage();
        assertTrue(message.startsWith("the text encoder takes 13.6 MB, more than the limit of 1.0 MB"), message);
    }

    /** Tests that networks which are not kept leave no more than one in memory at a time, and are loaded again for the next picture. */
    @Test
    void dropsNetworksThatAPictureNeedsNoMore() {
        long largest = Math.max(unet(), decoder());
        try (Pipeline pipeline = pipeline(counting, new MemoryUse(Optional.empty(), false, false))) {
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(expected.rgb(), pipeline.generate(request(), PipelineListener.NONE).picture().rgb());
                assertEquals(0, counting.held());
            }
        }
        assertEquals(largest, counting.most());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void aLimitLeavesRoom(long bytes) {
        assertThrows(UserException.class, () -> new MemoryUse(Optional.of(bytes), false, true));
    }

    /** Tests devices that run out of memory when they compile, and others that do when they run. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void decodesInTilesWhereTheDeviceHasTooLittleMemory(boolean whenItRuns) {
        Picture picture = generate(new SmallDevice(counting, MemoryTest::isWholePicture, whenItRuns), Optional.empty());
        double psnr = expected.psnr(picture);
        assertTrue(psnr >= INVISIBLE, () -> "PSNR is " + psnr + " dB");
        assertEquals(List.of("the vae decoder does not fit into the device's memory: it runs in tiles"), notes);
        assertEquals(0, counting.held());
    }

    private static Request request() {
        return Request.builder("a yellow star")
                .promptStyle(PromptStyle.LITERAL)
                .size(192, 160)
                .sampler(Samplers.find("euler").create())
                .steps(2)
                .guidanceScale(5)
                .seed(1)
                .build();
    }

    private static long unet() {
        return unet(1);
    }

    private static long unet(int pictures) {
        return engine.memory(Unet.graph(configuration.unet(), 2 * pictures, 20, 24, configuration.text().positions())).total();
    }

    private static long decoder() {
        return engine.memory(Vae.decoder(configuration.vae(), 1, 20, 24)).total();
    }

    private UserException failure(long limit) {
        return assertThrows(UserException.class, () -> generate(counting, limit));
    }

    private Picture generate(Engine engine, long limit) {
        return generate(engine, Optional.of(limit));
    }

    private Picture generate(Engine engine, Optional<Long> limit) {
        try (Pipeline pipeline = pipeline(engine, limit)) {
            return pipeline.generate(request(), new PipelineListener() {
                @Override
                public void note(String message) {
                    notes.add(message);
                }
            }).picture();
        }
    }

    private static List<PipelineResult> generateTogether(Engine engine, Optional<Long> limit, int count) {
        try (Pipeline pipeline = pipeline(engine, limit)) {
            return pipeline.generate(request(), count, PipelineListener.NONE);
        }
    }

    private static boolean isWholePicture(Graph graph) {
        return graph.output().shape().positions() >= 192 * 160;
    }

    private static Pipeline pipeline(Engine engine, Optional<Long> limit) {
        return pipeline(engine, new MemoryUse(limit, false, true));
    }

    private static Pipeline pipeline(Engine engine, MemoryUse memory) {
        return new Pipeline(configuration, model, engine, new Tokenizer(), memory, List.of());
    }

    /** Refuses to compute what is too large for it, when it compiles or when it runs. */
    private record SmallDevice(Engine engine, Predicate<Graph> tooLarge, boolean whenItRuns) implements Engine {
        @Override
        public String description() {
            return engine.description();
        }

        @Override
        public Precision precision() {
            return engine.precision();
        }

        @Override
        public MemoryNeed memory(Graph graph) {
            return engine.memory(graph);
        }

        @Override
        public Executable compile(Graph graph, Weights weights) {
            if (!tooLarge.test(graph)) {
                return engine.compile(graph, weights);
            }
            if (!whenItRuns) {
                throw new DeviceMemoryException("too little memory");
            }
            Executable executable = engine.compile(graph, weights);
            return new Executable() {
                @Override
                public Tensor run(Map<String, Tensor> inputs) {
                    throw new DeviceMemoryException("too little memory");
                }

                @Override
                public void close() {
                    executable.close();
                }
            };
        }

        @Override
        public void close() {}
    }
}
