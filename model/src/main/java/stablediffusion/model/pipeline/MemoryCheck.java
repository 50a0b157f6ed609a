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

/** Compares what networks take, by the engine's estimates, with what a user allows, and names what would fit. */
record MemoryCheck(Configuration configuration, Engine engine, MemoryUse memory) {
    /** Edge of a tile in pixels: small enough that stored activations and weights outweigh a tile, large enough that its halo costs little. */
    private static final int EDGE = 128;
    /** Smallest edge of a tile in pixels, where the halo of 2 pixels at either side adds half as much work. */
    private static final int SMALLEST_EDGE = 32;
    /** Smaller sizes are tried in steps of the requested size divided by this. */
    private static final int PARTS = 16;

    /**
     * Checks that a picture of a size can be made within the limit.
     *
     * @throws UserException where it cannot
     */
    void requireAll(Shape latent, int tokens) {
        if (memory.most().isEmpty()) {
            return;
        }
        MemoryNeed text = engine.memory(ClipTextEncoder.graph(configuration.text(), 1, 0));
        if (!memory.allows(text.total())) {
            throw new UserException("the text encoder takes " + ByteSize.format(text.total()) + ", more than the limit of " + limit(),
                    lessPrecision());
        }
        requireUnet(latent, tokens);
        requireDecoder(Vae.decoder(configuration.vae(), 1, latent.height(), latent.width()));
    }

    /**
     * Checks that the UNet keeps the limit.
     *
     * @throws UserException where it does not, with a size that would
     */
    void requireUnet(Shape latent, int tokens) {
        if (memory.most().isEmpty()) {
            return;
        }
        MemoryNeed need = unet(latent.batch(), latent.height(), latent.width(), tokens);
        if (memory.allows(need.total())) {
            return;
        }
        String what = "the UNet takes " + ByteSize.format(need.total()) + " for a picture of " + size(latent.height(), latent.width())
                + " (" + ByteSize.format(need.weights()) + " of it weights), more than the limit of " + limit();
        for (int part = PARTS - 1; part > 0; part--) {
            int height = Math.max(1, latent.height() * part / PARTS);
            int width = Math.max(1, latent.width() * part / PARTS);
            if (memory.allows(unet(latent.batch(), height, width, tokens).total())) {
                throw new UserException(what + ": " + size(height, width) + " would fit", lessPrecision());
            }
        }
        throw new UserException(what + ": no smaller picture fits", lessPrecision());
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

    private MemoryNeed unet(int batch, int height, int width, int tokens) {
        return engine.memory(Unet.graph(configuration.unet(), batch, height, width, tokens));
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
