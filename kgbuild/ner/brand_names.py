"""Brand names of drugs that are widely used.

Papers call a drug by its brand where they tell of patients, and corpora of abstracts
hardly ever do. None of these is a word of English, a name of a person or a place, or
that of a gene or a species.
"""

from __future__ import annotations

#: As they are written, with a capital.
BRANDS = frozenset(
    """
    Abilify Abraxane Accolate Accupril Accutane Actemra Adakveo Adalat Adcetris Adderall
    Adempas Aduhelm Advair Advil Afinitor Aimovig Ajovy Aldactone Aldurazyme Alecensa
    Alimta Alunbrig Alyftrek Amaryl Ambien Amvuttra Anktiva Aranesp Aricept Arimidex
    Aromasin Arzerra Ativan Atripla Atrovent Aubagio Augmentin Austedo Avandia Avapro
    Avastin Avelox Avonex Ayvakit Baraclude Bavencio Benadryl Benicar Benlysta Beovu
    Besponsa Betaseron Biktarvy Bimzelx Blenrep Blincyto Boniva Bosulif Botox Braftovi
    Brilinta Briumvi Brukinsa Bydureon Byetta Cabenuva Cabometyx Calquence Camzyos
    Caprelsa Carbaglu Cardizem Cardura Carvykti Casodex Cefzil Celebrex Celexa Cellcept
    Cerezyme Chantix Cialis Cibinqo Cimzia Cinqair Clarinex Claritin Cleocin Clozaril
    Complera Concerta Copaxone Copiktra Coreg Cosentyx Cotellic Coumadin Cozaar Cresemba
    Crestor Crysvita Cymbalta Cyramza Danyelza Darzalex Daurismo Decadron Demerol
    Depakote Descovy Detrol Dificid Diflucan Dilantin Dilaudid Diovan Doptelet Dovato
    Dupixent Duragesic Dysport Edarbi Effexor Elahere Elaprase Elidel Eliquis Elocta
    Eloxatin Elrexfio Emflaza Emgality Empliciti Enbrel Enhertu Enjaymo Entresto Entyvio
    Epclusa Epidiolex Epivir Epkinly Epogen Erbitux Erivedge Erleada Esbriet Evenity
    Evista Evkeeza Evrysdi Evusheld Exjade Exkivity Eylea Fabrazyme Farxiga Farydak
    Fasenra Faslodex Femara Filspari Fintepla Firazyr Firdapse Flomax Flonase Folotyn
    Forteo Fosamax Fosrenac Fotivda Fruzaqla Fycompa Galafold Gattex Gavreto Gazyva
    Gemzar Genvoya Geodon Gilenya Gilotrif Givlaari Gleevec Glivec Glucophage Glucotrol
    Halaven Haldol Harvoni Hemgenix Hemlibra Hepsera Herceptin Humalog Humira Hycamtin
    Hympavzi Hyzaar Ibrance Iclusig Idhifa Ilaris Ilumya Imbruvica Imcivree Imfinzi
    Imitrex Imlygic Imodium Imuran Inderal Ingrezza Inlyta Inqovi Inrebic Intelence
    Intuniv Invega Invokana Iressa Isentress Itovebi Ixempra Jakafi Jakavi Januvia
    Jardiance Jemperli Jevtana Joenja Juluca Juxtapid Jynarque Kadcyla Kaletra Kalydeco
    Kazano Keflex Keppra Kerendia Kesimpta Kevzara Keytruda Kimmtrak Kineret Kisqali
    Kisunla Klonopin Korlym Koselugo Krazati Krystexxa Kymriah Kyprolis Lagevrio
    Lamictal Lamisil Lanoxin Lantus Lasix Latuda Lemtrada Lenvima Leqembi Leqvio Lescol
    Leukeran Levaquin Levemir Levitra Lexapro Lialda Librium Lipitor Livmarli Livtencity
    Lokelma Lonsurf Lopressor Lorbrena Lotensin Lovenox Lucentis Lumakras Lumizyme
    Lumoxiti Lunesta Lunsumio Lupkynis Lupron Luxturna Lynparza Lyrica Mabthera Macugen
    Margenza Mavenclad Mavyret Mayzent Mekinist Mektovi Mepsevii Micardis Monjuvi Motrin
    Mounjaro Mucinex Mvasi Myfembree Mylotarg Myobloc Myozyme Myrbetriq Naglazyme
    Namenda Nerlynx Neulasta Neupogen Neurontin Nexavar Nexium Nexletol Nexplanon
    Ninlaro Nolvadex Norvasc Norvir Novolog Noxafil Nplate Nubeqa Nucala Nulojix
    Nuplazid Nurtec Ocaliva Ocrevus Odefsey Odomzo Ofev Ogivri Ojjaara Olumiant Olysio
    Omvoh Oncaspar Onivyde Onpattro Onureg Opdivo Opdualag Opsumit Orencia Orgovyx
    Oriahnn Orilissa Orkambi Orladeyo Orserdu Otezla Oxbryta Oxlumo Oxycontin Ozempic
    Ozurdex Padcev Pamelor Panretin Pataday Paxil Paxlovid Pegasys Pemazyre Pepaxto
    Pepcid Percocet Perjeta Phesgo Piqray Plaquenil Plavix Plegridy Pluvicto Polivy
    Pomalyst Portrazza Poteligeo Pradaxa Praluent Pravachol Prevacid Prevymis Prezcobix
    Prezista Prilosec Pristiq Procardia Procrit Prograf Prolia Promacta Propecia Proscar
    Protonix Protopic Provenge Provigil Prozac Pulmicort Pulmozyme Qinlock Qsymia
    Qulipta Ranexa Rapamune Rebif Reblozyl Recarbrio Reclast Relistor Remeron Remicade
    Remodulin Repatha Restasis Retacrit Retevmo Retrovir Revatio Revlimid Rexulti
    Reyataz Reyvow Rezdiffra Rezlidhia Rezurock Rinvoq Risperdal Ritalin Rituxan
    Rocephin Roctavian Rozlytrek Rubraca Ruxience Rybelsus Rybrevant Rydapt Rylaze
    Rystiggo Sandimmune Sandostatin Saphnelo Sarclisa Savella Saxenda Scemblix Semglee
    Sensipar Seroquel Serzone Signifor Siliq Simponi Sinemet Singulair Skyrizi Skysona
    Soliris Somatuline Soriatane Sovaldi Spevigo Spinraza Spiriva Sporanox Spravato
    Sprycel Starlix Stelara Stendra Stivarga Strattera Stribild Sublocade Suboxone
    Subutex Sunlenca Sunosi Sustiva Sutent Symbicort Symdeko Symtuza Synagis Synthroid
    Tabrecta Tafinlar Tagamet Tagrisso Takhzyro Taltz Talvey Talzenna Tamiflu Tarceva
    Targretin Tasigna Tavalisse Tavneos Taxol Taxotere Tazverik Tecartus Tecentriq
    Tecfidera Tecvayli Tegretol Tegsedi Temodar Tenormin Tepezza Tepmetko Tezspire
    Thalomid Thorazine Tibsovo Tikosyn Tivdak Tivicay Tofranil Topamax Toprol Toradol
    Torisel Toujeo Tradjenta Treanda Trelegy Tremfya Tresiba Trikafta Trileptal
    Trintellix Triumeq Trizivir Trodelvy Trogarzo Trokendi Trulicity Truqap Truseltiq
    Truvada Tukysa Turalio Tykerb Tylenol Tysabri Tyvaso Tzield Ubrelvy Ukoniq Uloric
    Ultomiris Unituxin Uplizna Uptravi Vabysmo Valium Valtrex Vanflyta Vasotec Vectibix
    Veklury Velcade Veltassa Vemlidy Venclexta Venclyxto Veopoz Verquvo Verzenio
    Vesicare Vfend Viagra Vibativ Vicodin Victoza Videx Viibryd Vimizim Vimpat Viracept
    Viramune Viread Visudyne Vitrakvi Vivitrol Vizimpro Vonjo Voranigo Vosevi Votrient
    Voxzogo Vraylar Vumerity Vyepti Vyleesi Vyndamax Vyndaqel Vytorin Vyvanse Vyvgart
    Wainua Wakix Wegovy Welchol Welireg Wellbutrin Winrevair Xadago Xalatan Xalkori
    Xanax Xarelto Xcopri Xeljanz Xeloda Xenazine Xenical Xenpozyme Xeomin Xgeva Xifaxan
    Xofigo Xofluza Xolair Xospata Xpovio Xtandi Xyrem Yervoy Yescarta Yondelis Zaltrap
    Zantac Zarxio Zejula Zelapar Zelboraf Zelnorm Zepbound Zeposia Zepzelca Zestril
    Zetia Ziagen Zilretta Zinbryta Zinplava Zithromax Zocor Zofran Zoladex Zolgensma
    Zolinza Zoloft Zometa Zomig Zovirax Zulresso Zurzuvae Zyban Zydelig Zykadia Zynlonta
    Zynteglo Zynyz Zyprexa Zyrtec Zytiga Zyvox
    """.split()  # noqa: SIM905 - so many literals are no easier to read
)
