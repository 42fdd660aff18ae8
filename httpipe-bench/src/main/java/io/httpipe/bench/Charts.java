package io.httpipe.bench;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import io.httpipe.bench.clients.Contender;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;

/** Draws bar charts. Each group belongs to a client or a scenario, and has a bar for each JDK. */
final class Charts {
    private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15);
    private static final List<Color> COLOURS = List.of(new Color(0x2f6f9f), new Color(0xe08a2e), new Color(0x6a994e));

    private final Map<Integer, Results> results;
    private final Path folder;

    Charts(Map<Integer, Results> results, Path folder) {
        this.results = results;
        this.folder = folder;
    }

    /** Draws one metric of one scenario, in the metric's unit. Returns the chart's title. */
    String figure(String file, String title, String scenario, Metric metric) throws IOException {
        DefaultCategoryDataset bars = new DefaultCategoryDataset();
        results.forEach((release, r) -> {
            for (Contender contender : Contender.values()) {
                r.median(scenario, contender.title(), metric)
                        .ifPresent(value -> bars.addValue(metric.inUnit(value), "JDK " + release, contender.title()));
            }
        });
        return draw(file, title, bars);
    }

    /**
     * Draws one metric of httpipe in several scenarios, as a ratio to the floor. Returns the chart's title.
     *
     * @param scenarios the ids, with the labels of the bars
     */
    String toFloor(String file, String title, Map<String, String> scenarios, Metric metric) throws IOException {
        DefaultCategoryDataset bars = new DefaultCategoryDataset();
        results.forEach((release, r) ->
                scenarios.forEach((id, name) -> r.ratio(id, Contender.HTTPIPE.title(), Contender.FLOOR.title(), metric)
                        .ifPresent(ratio -> bars.addValue(ratio, "JDK " + release, name))));
        return draw(file, title, bars);
    }

    private String draw(String name, String title, DefaultCategoryDataset bars) throws IOException {
        JFreeChart chart = ChartFactory.createBarChart(
                title, null, null, bars, PlotOrientation.HORIZONTAL, bars.getRowCount() > 1, false, false);
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(10, 10, 5, 15));
        chart.getTitle().setFont(TITLE);
        if (chart.getLegend() != null) {
            chart.getLegend().setItemFont(TEXT);
            chart.getLegend().setBorder(0, 0, 0, 0);
        }
        CategoryPlot plot = chart.getCategoryPlot();
        plot.setBackgroundPaint(Color.WHITE);
        plot.setOutlineVisible(false);
        plot.setRangeGridlinesVisible(false);
        plot.getDomainAxis().setTickLabelFont(TEXT);
        plot.getDomainAxis().setCategoryMargin(0.3);
        plot.getRangeAxis().setVisible(false);
        plot.getRangeAxis().setUpperMargin(0.12);
        BarRenderer renderer = (BarRenderer) plot.getRenderer();
        renderer.setBarPainter(new StandardBarPainter());
        renderer.setShadowVisible(false);
        renderer.setItemMargin(0.05);
        renderer.setDefaultItemLabelFont(TEXT);
        renderer.setDefaultItemLabelsVisible(true);
        renderer.setDefaultItemLabelGenerator(new StandardCategoryItemLabelGenerator(
                "{2}", new DecimalFormat("#,##0.##", DecimalFormatSymbols.getInstance(Locale.ROOT))));
        for (int i = 0; i < bars.getRowCount(); i++) {
            renderer.setSeriesPaint(i, COLOURS.get(i % COLOURS.size()));
        }
        int width = 760;
        int height = 80 + 10 * bars.getColumnCount() * (1 + 2 * bars.getRowCount());
        VectorGraphics2D graphics = new VectorGraphics2D();
        chart.draw(graphics, new Rectangle2D.Double(0, 0, width, height));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Processors.get("svg")
                .getDocument(graphics.getCommands(), new PageSize(0, 0, width, height))
                .writeTo(out);
        // A reader's machine may not have the font of this machine.
        String svg = out.toString(StandardCharsets.UTF_8)
                .replaceAll("font-family:&quot;[^&]*&quot;", "font-family:sans-serif");
        Files.writeString(folder.resolve(name + ".svg"), svg);
        return title;
    }
}
