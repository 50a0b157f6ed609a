package stablediffusion.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.PipelineResult;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.weights.ModelDirectory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares pictures that were made together with the same ones made one by one. */
class BatchTest {
    private static final int COUNT = 3;
    private static final int EDGE = 64;

    @TempDir
    private static Path folder;

    private static Engine engine;
    private static ModelDirectory model;
    private static Pipeline pipeline;

    @BeforeAll
    static void open() {
        engine = Engines.open(Engines.CPU, EngineSettings.DEFAULT.withPrecision(Precision.F32));
        model = TinyShapes.convert(folder);
        pipeline = new Pipeline(model.configuration(), model, engine);
    }

    @AfterAll
    static void close() {
        pipeline.close();
        engine.close();
    }

    @TestFactory
    Stream<DynamicTest> everySampler() {
        return Samplers.names().stream()
                .map(name -> dynamicTest(name, () -> check(request().sampler(Samplers.find(name).create()).build())));
    }

    @Test
    void withoutGuidance() {
        check(request().guidanceScale(1).build());
    }

    private static void check(Request request) {
        List<PipelineResult> together = pipeline.generate(request, COUNT, PipelineListener.NONE);
        assertEquals(COUNT, together.size());
        List<PipelineResult> alone = Stream.iterate(request.seed(), seed -> seed + 1)
                .limit(COUNT)
                .map(seed -> pipeline.generate(builder(request, seed), PipelineListener.NONE))
                .toList();
        for (int i = 0; i < COUNT; i++) {
            double worst = 0;
            double size = 0;
            float[] a = together.get(i).latent().values();
            float[] b = alone.get(i).latent().values();
            for (int j = 0; j < a.length; j++) {
                worst = Math.max(worst, Math.abs(a[j] - b[j]));
                size = Math.max(size, Math.abs(b[j]));
            }
            System.out.println(request.sampler().type().name() + " " + i + " " + worst / size + " psnr "
                    + together.get(i).picture().psnr(alone.get(i).picture()));
        }
    }

    private static Request builder(Request r, long seed) {
        return Request.builder(r.prompt()).size(r.width(), r.height()).sampler(r.sampler()).steps(r.steps())
                .guidanceScale(r.guidanceScale()).seed(seed).build();
    }

    private static Request.Builder request() {
        return Request.builder("a red circle on a blue background").size(EDGE, EDGE).steps(4).guidanceScale(5).seed(7);
    }
}
