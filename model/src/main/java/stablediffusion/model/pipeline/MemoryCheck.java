package stablediffusion.model.pipeline;

import stablediffusion.model.ByteSize;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.tiles.TiledExecutable;
import stablediffusion.model.weights.Weights;

import java.util.stream.Stream;

/** Compares what networks take, by the engine's estimates, with what a user allows, and names what would fit. */
record MemoryCheck(Configuration configuration, Engine engine, MemoryUse memory) {
    /** Edge of a tile in pixels: small enough that stored activations and weights outweigh a tile, large enough that its halo costs little. */
    private static final int EDGE = 128;
    /** Smallest edge of a tile in pixels, where the halo of 2 pixels at either side adds half as much work. */
    private static final int SMALLEST_EDGE = 32;
    /** Smaller sizes are tried in steps of the requested size divided by this. */
    private static final int PARTS = 16;

    /**
     * Checks that pictures of a size can be made together within the limit.
     *
     * @param latents shape of the latents, one for each picture
     * @param passes how often the UNet's batch has each of them
     * @throws UserException where they cannot
     */
    void requireAll(Shape latents, int passes, int tokens) {
        if (memory.most().isEmpty()) {
            return;
        }
        MemoryNeed text = engine.memory(ClipTextEncoder.graph(configuration.text(), 1, 0));
        if (!memory.allows(text.total())) {
            throw new UserException("the text encoder takes " + ByteSize.format(text.total()) + ", more than the limit of " + limit(),
                    lessPrecision());
        }
        requireUnet(latents, passes, tokens);
        requireDecoder(Vae.decoder(configuration.vae(), 1, latents.height(), latents.width()));
    }

    /**
     * Checks that the UNet keeps the limit.
     *
     * @throws UserException where it does not, with a number of pictures or a size that would
     */
    void requireUnet(Shape latents, int passes, int tokens) {
        if (memory.most().isEmpty() || allowsUnet(latents, passes, tokens)) {
            return;
        }
        int fitting = 0;
        int tooMany = latents.batch();
        while (tooMany - fitting > 1) {
            int middle = (fitting + tooMany) / 2;
            if (allowsUnet(latents.withBatch(middle), passes, tokens)) {
                fitting = middle;
            } else {
                tooMany = middle;
            }
        }
        if (fitting > 0) {
            throw new UserException(unetTakes(latents, passes, tokens) + ": " + fitting + " at a time would fit",
                    Stream.concat(Stream.of(Remedy.MAKE_FEWER_TOGETHER), Stream.of(lessPrecision())).toArray(Remedy[]::new));
        }
        throw noPictureFits(latents.withBatch(1), passes, tokens);
    }

    private UserException noPictureFits(Shape latent, int passes, int tokens) {
        String what = unetTakes(latent, passes, tokens);
        for (int part = PARTS - 1; part > 0; part--) {
            int height = Math.max(1, latent.height() * part / PARTS);
            int width = Math.max(1, latent.width() * part / PARTS);
            if (allowsUnet(new Shape(1, height, width, latent.channels()), passes, tokens)) {
                return new UserException(what + ": " + size(height, width) + " would fit", lessPrecision());
            }
        }
        return new UserException(what + ": no smaller picture fits", lessPrecision());
    }

    private void requireDecoder(Graph decoder) {
        if (memory.tiles() || !memory.allows(engine.memory(decoder).total())) {
            tiles(decoder, (weight, arena) -> {
                throw new IllegalStateException("an estimate reads no weights, not even " + weight);
            });
        }
    }

    /**
     * Makes a network in the largest tiles that keep the limit.
     *
     * @throws UserException where none do
     */
    TiledExecutable tiles(Graph graph, Weights weights) {
        int edge = EDGE;
        TiledExecutable tiles = new TiledExecutable(graph, weights, engine, edge);
        while (memory.most().isPresent() && !memory.allows(tiles.memory().total())) {
            edge /= 2;
            if (edge < SMALLEST_EDGE) {
                throw new UserException("the " + graph.name() + " takes " + ByteSize.format(tiles.memory().total())
                        + " even in tiles, more than the limit of " + limit() + ": make a smaller picture");
            }
            tiles = new TiledExecutable(graph, weights, engine, edge);
        }
        return tiles;
    }

    private String unetTakes(Shape latents, int passes, int tokens) {
        MemoryNeed need = unet(latents, passes, tokens);
        String size = size(latents.height(), latents.width());
        String pictures = latents.batch() == 1 ? "a picture of " + size : latents.batch() + " pictures of " + size + " at a time";
        return "the UNet takes " + ByteSize.format(need.total()) + " for " + pictures + " (" + ByteSize.format(need.weights())
                + " of it weights), more than the limit of " + limit();
    }

    private boolean allowsUnet(Shape latents, int passes, int tokens) {
        return memory.allows(unet(latents, passes, tokens).total());
    }

    private MemoryNeed unet(Shape latents, int passes, int tokens) {
        return engine.memory(
                Unet.graph(configuration.unet(), passes * latents.batch(), latents.height(), latents.width(), tokens));
    }

    private String limit() {
        return ByteSize.format(memory.most().orElseThrow());
    }

    private String size(int latentHeight, int latentWidth) {
        int scale = configuration.vae().scale();
        return latentWidth * scale + "x" + latentHeight * scale;
    }

    private Remedy[] lessPrecision() {
        return engine.precision() == Precision.F32 ? new Remedy[] {Remedy.COMPUTE_IN_16_BITS} : new Remedy[0];
    }
}
