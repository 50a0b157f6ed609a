package stablediffusion.model.pipeline;

import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.weights.Weights;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The networks of a model on an engine. Each is compiled when it is first asked for and kept for the next picture; of each kind the one of
 * the last size.
 */
final class Networks implements AutoCloseable {
    private final Configuration configuration;
    private final Weights weights;
    private final Engine engine;
    private final Map<Phase, Compiled> compiled = new HashMap<>();

    private record Compiled(Object key, Executable executable) {}

    private record UnetKey(Shape latent, int tokens) {}

    Networks(Configuration configuration, Weights weights, Engine engine) {
        this.configuration = configuration;
        this.weights = weights;
        this.engine = engine;
    }

    Executable textEncoder(int skippedLayers, Progress progress) {
        return get(Phase.LOAD_TEXT_ENCODER, skippedLayers, () -> ClipTextEncoder.graph(configuration.text(), 1, skippedLayers), progress);
    }

    Executable unet(Shape latent, int tokens, Progress progress) {
        return get(
                Phase.LOAD_UNET,
                new UnetKey(latent, tokens),
                () -> Unet.graph(configuration.unet(), latent.batch(), latent.height(), latent.width(), tokens),
                progress);
    }

    /** @param pixels [1, height, width, 3] */
    Executable imageEncoder(Shape pixels, Progress progress) {
        return get(
                Phase.LOAD_IMAGE_ENCODER,
                pixels,
                () -> Vae.encoder(configuration.vae(), pixels.batch(), pixels.height(), pixels.width()),
                progress);
    }

    Executable imageDecoder(Shape latent, Progress progress) {
        return get(
                Phase.LOAD_IMAGE_DECODER,
                latent,
                () -> Vae.decoder(configuration.vae(), latent.batch(), latent.height(), latent.width()),
                progress);
    }

    private Executable get(Phase phase, Object key, Supplier<Graph> graph, Progress progress) {
        Compiled last = compiled.get(phase);
        if (last != null && last.key().equals(key)) {
            return last.executable();
        }
        progress.phase(phase);
        if (last != null) {
            compiled.remove(phase).executable().close();
        }
        Executable executable = engine.compile(graph.get(), weights);
        compiled.put(phase, new Compiled(key, executable));
        return executable;
    }

    @Override
    public void close() {
        compiled.values().forEach(network -> network.executable().close());
        compiled.clear();
    }
}
