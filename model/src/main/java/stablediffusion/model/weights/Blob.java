package stablediffusion.model.weights;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Names the files that hold a converted model's numbers, each the weights of a network.
 */
public enum Blob {
    CLIP,
    UNET,
    /** The encoder's weights, then the decoder's. */
    VAE;

    /** Alignment of every tensor in a blob, in bytes. */
    public static final int ALIGNMENT = 64;

    /** Returns the weights in it, in the order of execution. The size of the picture does not matter for that, so it is small. */
    public List<Weight> weights(Configuration configuration) {
        return switch (this) {
            case CLIP -> ClipTextEncoder.graph(configuration.text(), 1).weights();
            case UNET -> Unet.graph(configuration.unet(), 1, 8, 8, configuration.text().positions()).weights();
            case VAE -> Stream.concat(
                    Vae.encoder(configuration.vae(), 1, 64, 64).weights().stream(),
                    Vae.decoder(configuration.vae(), 1, 8, 8).weights().stream())
                    .toList();
        };
    }

    /** Returns the file's name: "unet.f16". */
    public String file(Precision precision) {
        return (name() + "." + precision.name()).toLowerCase(Locale.ROOT);
    }

    /** Returns every weight of a model. */
    public static List<Weight> allWeights(Configuration configuration) {
        return Stream.of(values()).flatMap(blob -> blob.weights(configuration).stream()).toList();
    }
}
