package stablediffusion.tests.gpu;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.tests.GraphPart;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lists the blocks of a model that are checked at full size. Together they have every kind of layer at every resolution. */
final class Blocks {
    private Blocks() {}

    /** Returns the last block of each level of the UNet, and each level of the VAE's decoder. */
    static List<Graph> of(Configuration model) {
        int edge = model.latentEdge();
        Graph unet = Unet.graph(model.unet(), 2, edge, edge, model.text().positions());
        Graph decoder = Vae.decoder(model.vae(), 1, edge, edge);
        int perLevel = model.unet().residualBlocks() + 1;
        Stream<Graph> unetBlocks = IntStream.rangeClosed(1, model.unet().multipliers().size())
                .mapToObj(level -> GraphPart.of(unet, "model.diffusion_model.output_blocks." + (level * perLevel - 1) + "."));
        Stream<Graph> decoderLevels = IntStream.range(0, model.vae().multipliers().size())
                .mapToObj(level -> GraphPart.of(decoder, "first_stage_model.decoder.up." + level + "."));
        return Stream.concat(unetBlocks, decoderLevels).toList();
    }
}
