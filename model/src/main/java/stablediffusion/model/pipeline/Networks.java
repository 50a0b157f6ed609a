package stablediffusion.model.pipeline;

import stablediffusion.model.ByteSize;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.tiles.TiledExecutable;
import stablediffusion.model.weights.Weights;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Compiles the networks of a model when they are first needed, and keeps each for the next picture, at its last size, unless that is not
 * wanted. Where memory is limited, drops the others when a new one needs their memory, and runs the VAE in tiles when it does not fit as a whole.
 */
final class Networks implements AutoCloseable {
    private final Configuration configuration;
    private final Weights weights;
    private final Engine engine;
    private final MemoryUse memory;
    private final MemoryCheck check;
    private final Map<Network, Compiled> compiled = new EnumMap<>(Network.class);
    private final Set<String> noted = new HashSet<>();

    /** Names the networks of a model. */
    enum Network {
        TEXT_ENCODER(Phase.LOAD_TEXT_ENCODER, Phase.COMPILE_TEXT_ENCODER),
        IMAGE_ENCODER(Phase.LOAD_IMAGE_ENCODER, Phase.COMPILE_IMAGE_ENCODER),
        UNET(Phase.LOAD_UNET, Phase.COMPILE_UNET),
        IMAGE_DECODER(Phase.LOAD_IMAGE_DECODER, Phase.COMPILE_IMAGE_DECODER);

        private final Phase load;
        private final Phase compile;

        Network(Phase load, Phase compile) {
            this.load = load;
            this.compile = compile;
        }

        boolean ofVae() {
            return this == IMAGE_ENCODER || this == IMAGE_DECODER;
        }
    }

    /**
     * Holds a compiled network.
     *
     * @param key what it was compiled for
     * @param bytes memory that it takes, by the engine's estimate
     */
    private record Compiled(Object key, Executable executable, long bytes) {}

    private record UnetKey(Shape batch, int tokens) {}

    Networks(Configuration configuration, Weights weights, Engine engine, MemoryUse memory) {
        this.configuration = configuration;
        this.weights = weights;
        this.engine = engine;
        this.memory = memory;
        this.check = new MemoryCheck(configuration, engine, memory);
    }

    /**
     * Checks that everything fits into memory before anything is loaded.
     *
     * @param latents shape of the latents, one for each picture
     * @param passes how often the UNet's batch has each of them
     * @param tokens number of tokens in the context, as far as it is known
     */
    void requireRoom(Shape latents, int passes, int tokens) {
        check.requireAll(latents, passes, tokens);
    }

    Executable textEncoder(int skippedLayers, PipelineListener listener) {
        return get(Network.TEXT_ENCODER, skippedLayers, () -> ClipTextEncoder.graph(configuration.text(), 1, skippedLayers), listener);
    }

    /** Returns the UNet; the parameters are those of {@link #requireRoom}. */
    Executable unet(Shape latents, int passes, int tokens, PipelineListener listener) {
        int batch = passes * latents.batch();
        return get(
                Network.UNET,
                new UnetKey(latents.withBatch(batch), tokens),
                () -> {
                    check.requireUnet(latents, passes, tokens);
                    return Unet.graph(configuration.unet(), batch, latents.height(), latents.width(), tokens);
                },
                listener);
    }

    /**
     * Returns the VAE's encoder.
     *
     * @param pixels shape of its input, [1, height, width, 3]
     */
    Executable imageEncoder(Shape pixels, PipelineListener listener) {
        return get(
                Network.IMAGE_ENCODER,
                pixels,
                () -> Vae.encoder(configuration.vae(), pixels.batch(), pixels.height(), pixels.width()),
                listener);
    }

    Executable imageDecoder(Shape latent, PipelineListener listener) {
        return get(
                Network.IMAGE_DECODER,
                latent,
                () -> Vae.decoder(configuration.vae(), latent.batch(), latent.height(), latent.width()),
                listener);
    }

    /** Says that a picture, or the pictures of a batch, need a network no more. */
    void done(Network network) {
        if (!memory.keeps() && compiled.containsKey(network)) {
            compiled.remove(network).executable().close();
        }
    }

    private Executable get(Network network, Object key, Supplier<Graph> graph, PipelineListener listener) {
        Compiled last = compiled.get(network);
        if (last != null && last.key().equals(key)) {
            return last.executable();
        }
        listener.phase(network.load);
        if (last != null) {
            compiled.remove(network).executable().close();
        }
        Runnable compiling = () -> listener.phase(network.compile);
        Compiled loaded = network.ofVae() ? vae(key, graph.get(), listener, compiling) : whole(key, graph.get(), compiling);
        compiled.put(network, loaded);
        return loaded.executable();
    }

    private Compiled whole(Object key, Graph graph, Runnable compiling) {
        long bytes = engine.memory(graph).total();
        makeRoom(bytes);
        return new Compiled(key, engine.compile(graph, weights, compiling), bytes);
    }

    private Compiled vae(Object key, Graph graph, PipelineListener listener, Runnable compiling) {
        long bytes = engine.memory(graph).total();
        if (memory.tiles() || !memory.allows(bytes)) {
            TiledExecutable tiles = check.tiles(graph, weights);
            if (!memory.tiles()) {
                note(listener, "the " + graph.name() + " would take " + ByteSize.format(bytes) + ", more than the limit of "
                        + ByteSize.format(memory.most().orElseThrow()) + ": it runs in tiles");
            }
            long ofTiles = tiles.memory().total();
            makeRoom(ofTiles);
            return new Compiled(key, tiles, ofTiles);
        }
        makeRoom(bytes);
        Executable executable = new WholeOrTiles(
                () -> engine.compile(graph, weights, compiling),
                () -> check.tiles(graph, weights),
                () -> note(listener, "the " + graph.name() + " does not fit into the device's memory: it runs in tiles"));
        return new Compiled(key, executable, bytes);
    }

    /** Reports a note, once for all pictures. */
    private void note(PipelineListener listener, String message) {
        if (noted.add(message)) {
            listener.note(message);
        }
    }

    /** Drops all networks where together with a new one they would pass the limit. */
    private void makeRoom(long bytes) {
        long held = compiled.values().stream().mapToLong(Compiled::bytes).sum();
        if (!memory.allows(held + bytes)) {
            close();
        }
    }

    @Override
    public void close() {
        compiled.values().forEach(network -> network.executable().close());
        compiled.clear();
    }
}
