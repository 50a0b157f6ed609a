package stablediffusion.server.webui;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Brings pictures to a size, as the web UI names the ways. */
enum Resizing {
    /** Stretches the picture. */
    STRETCH,
    /** Scales the picture so that it covers the size, and cuts off what is beyond. */
    CUT,
    /** Scales the picture so that it fits, and fills the rest with its stretched copy. */
    FILL;

    static Resizing of(int mode) {
        return switch (mode) {
            case 1 -> CUT;
            case 2 -> FILL;
            default -> STRETCH;
        };
    }

    BufferedImage apply(BufferedImage picture, int width, int height) {
        if (picture.getWidth() == width && picture.getHeight() == height) {
            return picture;
        }
        BufferedImage resized = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = resized.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        switch (this) {
            case STRETCH -> graphics.drawImage(picture, 0, 0, width, height, null);
            case CUT -> drawCentred(graphics, picture, width, height, Math.max(scaleX(picture, width), scaleY(picture, height)));
            case FILL -> {
                graphics.drawImage(picture, 0, 0, width, height, null);
                drawCentred(graphics, picture, width, height, Math.min(scaleX(picture, width), scaleY(picture, height)));
            }
        }
        graphics.dispose();
        return resized;
    }

    private static double scaleX(BufferedImage picture, int width) {
        return (double) width / picture.getWidth();
    }

    private static double scaleY(BufferedImage picture, int height) {
        return (double) height / picture.getHeight();
    }

    private static void drawCentred(Graphics2D graphics, BufferedImage picture, int width, int height, double scale) {
        int scaledWidth = (int) Math.round(picture.getWidth() * scale);
        int scaledHeight = (int) Math.round(picture.getHeight() * scale);
        graphics.drawImage(picture, (width - scaledWidth) / 2, (height - scaledHeight) / 2, scaledWidth, scaledHeight, null);
    }
}
