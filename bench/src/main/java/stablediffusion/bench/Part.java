package stablediffusion.bench;

import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;

/** Names the networks of a model that are measured. */
public enum Part {
    CLIP("text encoder", "reads one prompt"),
    UNET("UNet step", "one step with guidance, a batch of two"),
    DECODER("VAE decoder", "latent to picture"),
    ENCODER("VAE encoder", "picture to latent");

    private final String label;
    private final String description;

    Part(String label, String description) {
        this.label = label;
        this.description = description;
    }

    /** Returns the name of the network in reports. */
    public String label() {
        return label;
    }

    /** Returns what one run of the network computes. */
    public String description() {
        return description;
    }

    /**
     * Builds the graph of the network.
     *
     * @param width width of the picture in pixels
     * @param height height of the picture in pixels
     */
    public Graph graph(Configuration model, int width, int height) {
        int scale = model.vae().scale();
        return switch (this) {
            case CLIP -> ClipTextEncoder.graph(model.text(), 1);
            case UNET -> Unet.graph(model.unet(), 2, height / scale, width / scale, model.text().positions());
            case DECODER -> Vae.decoder(model.vae(), 1, height / scale, width / scale);
            case ENCODER -> Vae.encoder(model.vae(), 1, height, width);
        };
    }
}
